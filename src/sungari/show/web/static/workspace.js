// The workspace's own: charts are fetched and drawn, what is clicked tells the page, the light is remembered.
(function () {
  "use strict";
  var YEAR = 365 * 24 * 3600;

  function draw(box) {
    if (box.dataset.drawn) { return; }
    box.dataset.drawn = "yes";
    box.setAttribute("aria-busy", "true");
    fetch(box.dataset.charts, {credentials: "same-origin"}).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.json();
    }).then(function (data) {
      sungari.start(data, box);
      box.removeAttribute("aria-busy");
    }).catch(function () {
      box.removeAttribute("aria-busy");
      box.querySelectorAll(".chart").forEach(function (chart) { chart.textContent = box.dataset.failed || "–"; });
    });
  }
  function look(within) {
    within.querySelectorAll("[data-charts]").forEach(draw);
    within.querySelectorAll("[data-inline]").forEach(function (box) {
      if (box.dataset.drawn) { return; }
      box.dataset.drawn = "yes";
      sungari.start(JSON.parse(box.querySelector("script[type='application/json']").textContent), box);
    });
  }

  document.addEventListener("htmx:after:swap", function () {
    look(document);
    document.querySelectorAll(".says-cell").forEach(function (says) {  // a cell says of itself that it is wrong
      var cell = document.getElementById(says.id.replace("says-", "cell-"));
      if (cell) { cell.setAttribute("aria-invalid", String(says.textContent.trim() !== "")); }
    });
  });
  document.addEventListener("sungari:light", function (e) {
    document.cookie = "sungari-light=" + e.detail + ";path=/;max-age=" + YEAR + ";samesite=lax";
  });

  // What is clicked on a chart is asked for like a link: the element with data-clicks says where.
  document.addEventListener("sungari:click", function (e) {
    var box = document.getElementById("chart-" + e.detail.chart);
    var asks = box && box.closest("[data-clicks]");
    var item = e.detail.item || {};
    if (!asks) { return; }
    if (item.project !== undefined) { location.assign(asks.dataset.project + encodeURIComponent(item.project)); return; }
    var address = item.place !== undefined ? asks.dataset.place + encodeURIComponent(item.place) :
      item.corridor !== undefined ? asks.dataset.corridor + item.corridor :
      asks.dataset.point !== undefined ? asks.dataset.point + e.detail.index : "";
    if (!address) { return; }
    htmx.ajax("GET", address, {target: asks.dataset.clicks, swap: "innerHTML"}).then(function () {
      var panel = document.querySelector(asks.dataset.clicks);
      var heading = panel && panel.querySelector("h2, h3");
      if (heading) { heading.setAttribute("tabindex", "-1"); heading.focus({preventScroll: false}); }
    });
  });

  // A slider over a list of values says the value in words.
  function words(slider) {
    var list = slider.dataset.words.split(";");
    var output = slider.parentElement.querySelector("output");
    if (!output) {
      output = document.createElement("output");
      slider.parentElement.appendChild(output);
    }
    output.textContent = list[+slider.value];
    slider.setAttribute("aria-valuetext", list[+slider.value]);
  }
  document.addEventListener("input", function (e) {
    if (e.target.dataset && e.target.dataset.words) { words(e.target); }
  });
  document.querySelectorAll("input[data-words]").forEach(words);

  sungari.ready();
  look(document);
})();
