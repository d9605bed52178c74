// SPDX-License-Identifier: MIT
// Draws the page's charts with Vega-Lite and lets readers choose in them. What a chart shows is in its
// specification; here its parameters are set, and nothing is computed.

// The rows of values that the page holds field by field (page/html.cpp).
function unpack(fields) {
  const rows = [];
  for (const [name, field] of Object.entries(fields)) {
    const { texts } = field;
    (texts ? field.at : field).forEach((value, i) => {
      rows[i] ??= {};
      if (value !== null) rows[i][name] = texts ? texts[value] : value;
    });
  }
  return rows;
}

// A choice may bring another type of the y axis with it, which no parameter can set (page/figure.cpp does the
// same for plots).
function choose(spec, input) {
  const parameter = spec.params.find((known) => known.name === input.dataset.parameter);
  if (input.type === "checkbox") {
    const boxes = input.form.querySelectorAll(`input[data-parameter="${input.dataset.parameter}"]`);
    parameter.value = Array.from(boxes).filter((box) => box.checked).map((box) => box.value);
  } else {
    parameter.value = input.value;
  }
  if (input.dataset.scale) spec.encoding.y.scale.type = input.dataset.scale;
}

// What is pointed at stays told until something else is, so that it can be read and copied.
function tell(figure, value) {
  if (!value?.says) return;
  const told = figure.querySelector(".told");
  told.textContent = value.says;
  told.hidden = false;
  const command = figure.closest("section").querySelector(".made code");
  if (!command || !value.cell) return;
  const code = document.createElement("code");
  code.textContent = `${command.textContent} && ./run.sh compare --all --filter '^${value.cell}$'`;
  told.append(document.createElement("br"), "Again: ", code);
}

async function draw(figure, spec) {
  if (figure.view) figure.view.finalize();
  const compiled = vegaLite.compile(spec).spec;
  figure.view = new vega.View(vega.parse(compiled), {
    container: figure.querySelector(".drawing"),
    renderer: "svg",
    hover: true,
    logLevel: vega.Warn,
  });
  figure.view.tooltip((_handler, _event, _item, value) => tell(figure, value));
  await figure.view.runAsync();
}

for (const figure of document.querySelectorAll("figure.chart")) {
  const spec = JSON.parse(figure.querySelector(".spec").textContent);
  spec.data.values = unpack(spec.data.values);
  const form = figure.querySelector(".controls");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  // One at a time: a drawing that is overtaken would leave its marks.
  let drawn = draw(figure, spec);
  form.addEventListener("change", (event) => {
    choose(spec, event.target);
    drawn = drawn.then(() => draw(figure, spec));
  });
}
