// What bundlers make of importing the file: its address.
declare const url: string;
export default url;
