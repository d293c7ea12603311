/** The buffers of all arrays in a message: what goes over without a copy. */
export function buffersIn(message) {
  const found = new Set();
  const look = (value) => {
    if (ArrayBuffer.isView(value)) found.add(value.buffer);
    else if (value instanceof ArrayBuffer) found.add(value);
    else if (value && typeof value === 'object') Object.values(value).forEach(look);
  };
  look(message);
  return [...found];
}
