// A grid of buttons with one tab stop: arrows, Home and End move in it. Buttons carry data-at="row column".
export function roving(table, columns) {
  const at = (row, column) => table.querySelector(`[data-at="${row} ${column}"]`);
  table.addEventListener('keydown', (event) => {
    const here = event.target.dataset?.at?.split(' ').map(Number);
    if (!here) return;
    const [row, column] = here;
    const steps = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, columns - 1],
    };
    const to = steps[event.key];
    if (!to) return;
    event.preventDefault();
    const next = at(...to);
    if (next) stop(next);
    next?.focus();
  });
  function stop(button) {
    table.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    button.setAttribute('tabindex', '0');
  }
  table.addEventListener('click', (event) => {
    const button = event.target.closest('[data-at]');
    if (button) stop(button);
  });
}
