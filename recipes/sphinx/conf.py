project = "Text models"
extensions = []
html_static_path = ["_static"]
html_js_files = [("bert-preflight/element.js", {"type": "module"})]
