// Charts of a page, report or workspace: drawn from options that carry colours as var(--name) and figures as numbers.
window.sungari = (function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  var sets = [];  // what has been started, each with a way to draw it again

  // Light and dark: the reader's system decides until a button does.
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  var stated = root.getAttribute("data-theme");
  var dark = stated ? stated === "dark" : system.matches;
  function light(wanted) {
    if (wanted !== undefined) { dark = wanted; }
    root.setAttribute("data-theme", dark ? "dark" : "light");
    sets = sets.filter(function (set) { return document.contains(set.scope); });
    sets.forEach(function (set) { set.draw(); });
    document.querySelectorAll("#light").forEach(function (b) { b.setAttribute("aria-pressed", String(dark)); });
  }
  system.addEventListener("change", function (e) { if (!stated) { light(e.matches); } });

  function tell(name, what) { document.dispatchEvent(new CustomEvent("sungari:" + name, {detail: what})); }

  // The charts within an element, from what `report.py` calls its data.
  function start(data, scope) {
    var number = new Intl.NumberFormat(data.locale, {maximumSignificantDigits: 4});
    var axisNumber = new Intl.NumberFormat(data.locale, {maximumFractionDigits: 3});
    var charts = {};
    var chosen = {};
    var views = {};
    function byId(id) { return scope.querySelector("#" + id); }
    function colours() { return data.themes[dark ? "dark" : "light"]; }

    // Options carry colours as var(--name): put the theme's in.
    function painted(value, theme) {
      if (typeof value === "string") {
        var found = /^var\(--(\w+)\)$/.exec(value);
        return found && theme[found[1]] || value;
      }
      if (Array.isArray(value)) { return value.map(function (v) { return painted(v, theme); }); }
      if (value && typeof value === "object") {
        var made = {};
        Object.keys(value).forEach(function (key) { made[key] = painted(value[key], theme); });
        return made;
      }
      return value;
    }

    // Numbers as the reader's language writes them, with the unit of the axis of values.
    function localised(option, theme) {
      var unit = "";
      var font = getComputedStyle(document.body).fontFamily;
      option.textStyle = {fontFamily: font};
      ["xAxis", "yAxis"].forEach(function (key) {
        var axis = option[key];
        if (!axis) { return; }
        if (axis.axisLabel && axis.axisLabel.width) {  // names leave the marks some room on a narrow screen
          axis.axisLabel.width = Math.min(axis.axisLabel.width, 0.42 * document.body.clientWidth);
        }
        axis.axisLabel = Object.assign({fontFamily: font}, axis.axisLabel);  // else it is measured in another font
        if (axis.type === "value") {
          unit = axis.name || "";
          axis.axisLabel.formatter = function (v) { return minus(axisNumber.format(v)); };
        }
      });
      var tooltip = option.tooltip = option.tooltip || {};
      tooltip.valueFormatter = function (v) {
        v = Array.isArray(v) ? v[0] : v;
        return v === null || v === undefined || v !== v ? "–" : minus(number.format(v)) + " " + unit;
      };
      tooltip.backgroundColor = theme.card;
      tooltip.borderColor = theme.line;
      tooltip.textStyle = {color: theme.ink, fontSize: 13};
      (option.series || []).forEach(function (series) {
        if (series.type === "bar" && series.label && series.label.show) {
          series.label.formatter = function (p) { return minus(number.format(p.value)); };
        }
      });
      if (option.legend && document.body.clientWidth < 760) { option.legend.type = "scroll"; }
      option.backgroundColor = "transparent";
      return option;
    }

    function minus(text) { return text.replace(/-/g, "\u2212"); }

    function draw(name) {
      var theme = colours();
      var all = data.charts[name];
      var key = chosen[name] && chosen[name].option;
      key = key in all ? key : Object.keys(all)[0];
      var option = localised(painted(all[key], theme), theme);
      if (option.geo) {
        var view = views[name];
        option.geo.roam = "move";
        option.geo.zoom = view.zoom;
        if (view.center) { option.geo.center = view.center; }
        if (name === "map") { state(option, theme); }
        if (name === "change") { changed(option, theme); }
      }
      var box = byId("chart-" + name);
      var high = data.heights[name][key];
      if (high) {
        box.style.height = high + "px";
        charts[name].resize();
      }
      if (option.aria && option.aria.label) { box.setAttribute("aria-label", option.aria.label.description); }
      option.aria = {enabled: false};
      charts[name].setOption(option, {notMerge: true});
      if (option.geo) { arrange(name); }
    }

    // Names of places stand where there is room, the busiest first: on no other name and on no dot.
    var pen = document.createElement("canvas").getContext("2d");
    function arrange(name) {
      var chart = charts[name];
      var series = chart.getOption().series.filter(function (s) { return s.id === "places"; })[0];
      var size = series.label.fontSize;
      var wide = chart.getWidth(), high = chart.getHeight();
      pen.font = size + "px " + getComputedStyle(document.body).fontFamily;
      var dots = series.data.map(function (item) {
        var at = chart.convertToPixel({geoIndex: 0}, item.value) || [-99, -99];
        return {x: at[0], y: at[1], r: item.symbolSize / 2, w: pen.measureText(item.label.formatter).width + 2};
      });
      function seen(d) { return d.x >= 0 && d.y >= 0 && d.x <= wide && d.y <= high; }
      var taken = dots.map(function (d) { return [d.x - d.r, d.y - d.r, d.x + d.r, d.y + d.r]; });
      var order = dots.map(function (d, i) { return i; }).sort(function (a, b) { return dots[b].r - dots[a].r || a - b; });
      order.forEach(function (i) {
        var d = dots[i], h = size * 1.25, gap = d.r + 4, label = series.data[i].label;
        var sides = {
          right: [d.x + gap, d.y - h / 2], left: [d.x - gap - d.w, d.y - h / 2],
          top: [d.x - d.w / 2, d.y - gap - h], bottom: [d.x - d.w / 2, d.y + gap]
        };
        label.show = seen(d) && Object.keys(sides).some(function (side) {
          var b = [sides[side][0], sides[side][1], sides[side][0] + d.w, sides[side][1] + h];
          var free = b[0] >= 0 && b[1] >= 0 && b[2] <= wide && b[3] <= high && taken.every(function (t, j) {
            return j === i || b[2] <= t[0] || t[2] <= b[0] || b[3] <= t[1] || t[3] <= b[1];
          });
          if (free) { label.position = side; taken.push(b); }
          return free;
        });
      });
      chart.setOption({series: [{id: "places", data: series.data}]});
    }

    // The map: flows by commodity and period are added up to what is chosen.
    var frames = data.map;
    function spans() { return data.years[chosen.map.year] || data.years[Object.keys(data.years)[0]]; }
    function whole(value) { return new Intl.NumberFormat(data.locale, {maximumSignificantDigits: 3}).format(value); }
    function compact(value) {
      if (value < (data.lang === "zh" ? 1e4 : 1e6)) { return whole(value); }
      return new Intl.NumberFormat(data.locale, {
        notation: "compact", compactDisplay: data.lang === "en" ? "long" : "short", maximumSignificantDigits: 3
      }).format(value);
    }
    function flows(goods, list, span) {
      var periods = span[0].charAt(0) !== "*" ? [span[0]] :
        list.length > 1 ? list.slice(1).map(function (s) { return s[0]; }) : data.single[span[0]];
      var sums = {};
      Object.keys(goods.factors).forEach(function (commodity) {
        periods.forEach(function (period) {
          var flat = (frames.flows[commodity] || {})[period] || [];
          for (var i = 0; i < flat.length; i += 2) {
            sums[flat[i]] = (sums[flat[i]] || 0) + flat[i + 1] * goods.factors[commodity];
          }
        });
      });
      return sums;
    }
    function state(option, theme) {
      var month = byId("month");
      var list = spans();
      var span = list[Math.min(+month.value, list.length - 1)];
      var goods = frames.goods[chosen.map.goods || 0];
      if (!goods) { return; }
      var scale = span[0].charAt(0) === "*" ? goods.year : goods.period;
      var use = frames.use[span[0]] || [];
      var classes = [theme.use0, theme.use1, theme.use2, theme.use3];
      var sums = flows(goods, list, span);
      var busy = {};
      var lines = [];
      Object.keys(sums).forEach(function (i) {
        var arrow = frames.arrows[i];
        if (!arrow[0] || !arrow[1]) { return; }
        busy[arrow[4]] = true;
        var full = use[arrow[4]];
        var limited = full !== null && full !== undefined;
        var wide = Math.max(data.widths[0], data.widths[1] * sums[i] / scale.most);
        var above = frames.classes.filter(function (bound) { return full >= bound - 1e-6; }).length;
        lines.push({
          name: arrow[3] + "\n" + compact(sums[i]) + " " + goods.unit + "\n" + data.texts.use + " " +
            (limited ? whole(full) + " %" : data.texts.unlimited),
          coords: [arrow[0], arrow[1]],
          corridor: arrow[4],
          symbolSize: 5 + wide * 1.3,
          limited: limited,
          lineStyle: {
            width: Math.round(wide * 10) / 10, color: limited ? classes[above] : theme.free, curveness: arrow[2],
            opacity: limited ? 0.92 : 0.6
          }
        });
      });
      lines.sort(function (a, b) { return a.limited - b.limited || a.lineStyle.width - b.lineStyle.width; });
      var seen = {};
      var idle = [];
      frames.arrows.forEach(function (arrow) {
        if (!arrow[0] || !arrow[1] || busy[arrow[4]] || seen[arrow[4]]) { return; }
        seen[arrow[4]] = true;
        idle.push({name: arrow[3], corridor: arrow[4], coords: [arrow[0], arrow[1]], lineStyle: {curveness: arrow[2]}});
      });
      option.series.forEach(function (series) {
        if (series.id === "corridors") { series.data = lines; }
        if (series.id === "idle") { series.data = idle; }
      });
      byId("when").textContent = span[1];
      month.setAttribute("aria-valuetext", span[1]);
      byId("width-unit-map").textContent =
        span[0].charAt(0) === "*" ? data.texts.year : data.texts.period;
      widths("map", scale.legend);
    }

    // The map of changes: what becomes of each flow from one plan to the other.
    function changed(option, theme) {
      var frames = data.change;
      var goods = frames.goods[chosen.change.goods || 0];
      var year = chosen.change.year || Object.keys(goods.years)[0];
      var scale = goods.years[year];
      var sums = {};
      Object.keys(goods.factors).forEach(function (commodity) {
        var flat = (frames.flows[commodity] || {})[year] || [];
        for (var i = 0; i < flat.length; i += 3) {
          var sum = sums[flat[i]] = sums[flat[i]] || [0, 0];
          sum[0] += flat[i + 1] * goods.factors[commodity];
          sum[1] += flat[i + 2] * goods.factors[commodity];
        }
      });
      var lines = [];
      Object.keys(sums).forEach(function (i) {
        var arrow = frames.arrows[i], before = sums[i][0], after = sums[i][1];
        var size = Math.abs(after - before);
        if (!arrow[0] || !arrow[1] || size <= frames.least * scale.most) { return; }
        var kind = after > before ? (before <= frames.least * after ? "appears" : "grows") :
          (after <= frames.least * before ? "vanishes" : "shrinks");
        var wide = Math.max(data.widths[0], data.widths[1] * size / scale.most);
        lines.push({
          name: arrow[3] + "\n" + frames.kinds[kind] + ": " + compact(before) + " → " + compact(after) + " " + goods.unit,
          coords: [arrow[0], arrow[1]],
          symbolSize: 5 + wide * 1.3,
          lineStyle: {width: Math.round(wide * 10) / 10, color: theme[frames.colours[kind]], curveness: arrow[2], opacity: 0.92}
        });
      });
      lines.sort(function (a, b) { return a.lineStyle.width - b.lineStyle.width; });
      option.series.forEach(function (series) {
        if (series.id === "corridors") { series.data = lines; }
      });
      byId("width-unit-change").textContent = data.texts.year;
      widths("change", scale.legend);
    }

    // Legend of the widths of a map's lines.
    function widths(name, steps) {
      var legend = byId("widths-" + name);
      legend.textContent = "";
      steps.forEach(function (step) {
        var item = document.createElement("li");
        var svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        svg.setAttribute("width", "34");
        svg.setAttribute("height", "16");
        svg.setAttribute("aria-hidden", "true");
        var line = document.createElementNS("http://www.w3.org/2000/svg", "rect");
        line.setAttribute("width", "34");
        line.setAttribute("y", 8 - step[0] / 2);
        line.setAttribute("height", step[0]);
        line.style.fill = "var(--muted)";
        svg.appendChild(line);
        item.appendChild(svg);
        item.appendChild(document.createTextNode(step[1]));
        legend.appendChild(item);
      });
    }
    function years() {
      var month = byId("month");
      var list = spans();
      month.max = list.length - 1;
      month.value = Math.min(+month.value, list.length - 1);
      byId("slide").hidden = list.length < 2;
    }
    function remember(name) {
      var geo = charts[name].getOption().geo[0];
      views[name] = {center: geo.center || null, zoom: geo.zoom || 1};
    }

    function drawAll() { Object.keys(charts).forEach(draw); }

    function begin(box) {
      var name = box.getAttribute("data-chart");
      if (box.classList.contains("map")) { views[name] = {zoom: 1, center: null}; }
      charts[name] = echarts.init(box, null, {renderer: "svg"});
      charts[name].on("click", function (p) {
        tell("click", {chart: name, series: p.seriesId, index: p.dataIndex, item: p.data});
      });
      if (name === "map") { years(); }
      draw(name);
    }
    function zoom(name, factor) {
      remember(name);
      var view = views[name];
      views[name] = factor ? {zoom: Math.min(12, Math.max(1, view.zoom * factor)), center: view.center} : {zoom: 1, center: null};
      draw(name);
    }

    scope.querySelectorAll("details.still, details.data").forEach(function (d) { d.open = false; });
    if (data.ground) { echarts.registerMap(data.ground.name, data.ground.land); }
    scope.querySelectorAll("select[data-chart]").forEach(function (select) {
      var name = select.getAttribute("data-chart");
      chosen[name] = chosen[name] || {};
      chosen[name][select.getAttribute("data-control")] = select.value;
      select.addEventListener("change", function () {
        chosen[name][select.getAttribute("data-control")] = select.value;
        if (views[name]) { remember(name); }
        if (name === "map") { years(); }
        draw(name);
      });
    });
    scope.querySelectorAll("div[data-chart]").forEach(function (box) {
      var name = box.getAttribute("data-chart");
      if (!data.charts[name]) { return; }
      chosen[name] = chosen[name] || {};
      if (box.clientWidth) { begin(box); }
      new ResizeObserver(function () {
        if (!box.clientWidth || !box.clientHeight) { return; }  // hidden, or on its way to paper
        if (!charts[name]) { begin(box); return; }
        charts[name].resize();
        if (views[name]) { arrange(name); }
      }).observe(box);
    });
    if (byId("month")) {
      byId("month").addEventListener("input", function () { remember("map"); draw("map"); });
    }
    scope.querySelectorAll("button[data-zoom]").forEach(function (b) {
      b.addEventListener("click", function () { zoom(b.getAttribute("data-chart"), +b.getAttribute("data-zoom")); });
    });
    sets.push({scope: scope, draw: drawAll});
    return charts;
  }

  // The button that turns the light on and off.
  function ready() {
    document.querySelectorAll("#light").forEach(function (button) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(dark));
      button.addEventListener("click", function () {
        stated = dark ? "light" : "dark";
        light(!dark);
        tell("light", stated);
      });
    });
    light();
  }
  return {start: start, ready: ready};
})();
