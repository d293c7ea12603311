import { codeTestFaults } from '../check_code_tests.mjs';

export function codeTests() {
  const { faults, tested } = codeTestFaults();
  return { passed: tested, failures: faults };
}
