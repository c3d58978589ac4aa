(expectedPlots) => {
  const wrong = [];
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth) {
    const wide = [...document.querySelectorAll("body *")].filter(
      (one) => !one.closest("svg") && one.getBoundingClientRect().right > innerWidth + 1 && !one.parentElement.closest(".scroll"));
    wrong.push(`the page is ${page.scrollWidth} pixels wide: ${wide.map((one) => `${one.tagName}.${one.className}#${one.id}`).slice(0, 5)}`);
  }
  if (document.scripts.length > 0) wrong.push("there are scripts");
  const answer = document.querySelector("#answer .sentence");
  if (!answer || answer.innerText.length < 40) wrong.push("there is no sentence that answers");
  // Whoever opens the page sees the picture that answers, whole in width and begun in height.
  const first = document.querySelector("#answer svg.plot").getBoundingClientRect();
  if (first.top + scrollY > 420 || first.right > innerWidth) wrong.push(`the first plot begins at ${first.top + scrollY}`);

  // Contrast as WCAG 2.2 has it.
  const parse = (text) => {
    const parts = text.match(/[\d.]+/g).map(Number);
    return { rgb: parts.slice(0, 3), alpha: parts[3] ?? 1 };
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.alpha > 0) return colour.rgb;
    }
    return matchMedia("print").matches || !matchMedia("(prefers-color-scheme: dark)").matches ? [255, 255, 255] : [0, 0, 0];
  };
  const legible = (element, colour, what) => {
    const [one, other] = [luminance(parse(colour).rgb) + 0.05, luminance(behind(element)) + 0.05];
    const contrast = Math.max(one, other) / Math.min(one, other);
    if (contrast < 4.5) wrong.push(`"${what.slice(0, 30)}" has a contrast of ${contrast.toFixed(2)}`);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    const element = text.parentElement;
    if (!text.data.trim() || !element.checkVisibility() || element.closest("title, desc, style")) continue;
    const style = getComputedStyle(element);
    legible(element, element.closest("svg") ? style.fill : style.color, text.data.trim());
    checked += 1;
  }
  if (checked < 60) wrong.push(`only ${checked} texts are shown`);

  const plots = [...document.querySelectorAll("#answer svg.plot")];
  if (plots.length !== expectedPlots) wrong.push(`${plots.length} plots of ${expectedPlots}`);
  const overlap = (one, other) =>
    Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1.5 &&
    Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 3;
  for (const plot of plots) {
    const name = plot.closest("figure")?.id ?? "a plot outside a figure";
    const box = plot.getBoundingClientRect();
    if (!plot.checkVisibility() || box.width < 200 || box.height < 50) wrong.push(`${name} is ${box.width} by ${box.height}`);
    for (const part of ["title", "desc"]) {
      if (!plot.querySelector(part)?.textContent.trim()) wrong.push(`${name} has no ${part}`);
    }
    if (!plot.closest("figure")?.querySelector("figcaption code")?.textContent) wrong.push(`${name} names no command`);
    const labels = [...plot.querySelectorAll("text")].map((one) => [one.textContent.trim(), one.getBoundingClientRect()]);
    if (labels.length < 3) wrong.push(`${name} has ${labels.length} texts`);
    labels.forEach(([text, at], index) => {
      if (at.left < box.left - 1 || at.right > box.right + 1 || at.top < box.top - 2 || at.bottom > box.bottom + 2) {
        wrong.push(`${name}: "${text}" is cut off`);
      }
      const hit = labels.slice(index + 1).find(([, other]) => overlap(at, other));
      if (hit) wrong.push(`${name}: "${text}" and "${hit[0]}" overlap`);
    });
  }
  return wrong;
}
