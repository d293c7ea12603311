// A script that exports nothing.
export {};
