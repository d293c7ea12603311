// For tools that can only add classic scripts: loads the module beside it.
import(new URL('element.js', document.currentScript.src).href);
