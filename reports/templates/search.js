document.querySelectorAll("table.searchable").forEach(function (table) {
  const most = 200, rows = Array.from(table.tBodies[0].rows);
  if (rows.length < 15) { return; }
  const label = document.createElement("label"), field = document.createElement("input");
  const count = document.createElement("span"), all = document.createElement("button");
  const text = rows.map(function (row) { return row.textContent.toLowerCase(); });
  let whole = false;
  label.className = "search";
  field.type = "search";
  all.type = "button";
  label.append("Search ", field, " ", count, " ", all);
  const show = function () {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    const place = new Map(rows.map(function (row, i) { return [row, i]; }));
    Array.from(table.tBodies[0].rows).forEach(function (row) {
      const hit = words.every(function (word) { return text[place.get(row)].includes(word); });
      found += hit ? 1 : 0;
      row.classList.toggle("out", !hit);
      row.classList.toggle("folded", hit && !whole && found > most);
    });
    const folded = !whole && found > most;
    count.textContent = (folded ? most.toLocaleString("en") + " shown of " : "") + found.toLocaleString("en") + " of " + rows.length.toLocaleString("en");
    all.textContent = "Show all";
    all.hidden = !folded;
  };
  field.addEventListener("input", show);
  all.addEventListener("click", function () { whole = true; show(); });
  table.addEventListener("click", function () { show(); });
  table.parentElement.before(label);
  show();
});
