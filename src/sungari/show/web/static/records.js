// Sheets that open over a page close again by Escape, by a click elsewhere, and when the focus leaves them; arrows move
// between the cards of the board. Without this script both still work by Tab and by another click.
(function () {
  "use strict";
  function shut(but) {
    document.querySelectorAll("details.menu[open]").forEach(function (menu) {
      if (menu !== but) { menu.open = false; }
    });
  }
  function sheet(element) { return element && element.closest ? element.closest("details.menu") : null; }

  document.addEventListener("click", function (e) { shut(sheet(e.target)); });
  document.addEventListener("focusin", function (e) { shut(sheet(e.target)); });
  document.addEventListener("keydown", function (e) {
    var menu = sheet(document.activeElement);
    if (e.key === "Escape" && menu && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  var STEPS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
  document.addEventListener("keydown", function (e) {
    var tile = document.activeElement;
    var step = STEPS[e.key];
    if (!step || !tile || !tile.classList.contains("tile") || e.altKey || e.ctrlKey || e.metaKey) { return; }
    var lanes = [].slice.call(document.querySelectorAll(".lane")).map(function (lane) {
      return [].slice.call(lane.querySelectorAll(".tile"));
    }).filter(function (tiles) { return tiles.length; });
    var at = lanes.findIndex(function (tiles) { return tiles.indexOf(tile) >= 0; });
    var row = lanes[at].indexOf(tile) + step[1];
    var lane = lanes[at + step[0]];
    if (!lane || row < 0 || (step[1] && row >= lane.length)) { return; }
    e.preventDefault();
    lane[Math.min(row, lane.length - 1)].focus();
  });
})();
