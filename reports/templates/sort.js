document.querySelectorAll("table.sortable").forEach(function (table) {
  const body = table.tBodies[0];
  table.querySelectorAll("th[data-column]").forEach(function (head) {
    const column = Number(head.dataset.column);
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", function () {
      const up = head.getAttribute("aria-sort") !== "ascending";
      table.querySelectorAll("th[aria-sort]").forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const value = function (row) { return row.cells[column].dataset.value ?? row.cells[column].textContent.trim(); };
      const compare = function (left, right) {
        const x = value(left), y = value(right);
        if (x === "" || y === "") { return (x === "") - (y === ""); }
        const order = isNaN(x) || isNaN(y) ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
        return up ? order : -order;
      };
      body.append(...Array.from(body.rows).sort(compare));
    });
  });
});
