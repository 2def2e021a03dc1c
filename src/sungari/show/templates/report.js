sungari.start(JSON.parse(document.getElementById("data").textContent), document);
sungari.ready();
