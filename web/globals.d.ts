// What the scripts of this folder add to the browser's globals, for the type check only.
interface Window {
  HumanConnect?: object;
}
