// What a reader sees of this page; run by page.py. Answers one plain object.
() => {
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility !== "hidden";
  };
  const folded = (element) => element.checkVisibility && !element.checkVisibility();
  const name = (element) => element.tagName.toLowerCase() + (element.id ? "#" + element.id : "") +
    " " + (element.getAttribute("aria-label") || element.getAttribute("alt") || element.textContent || "").trim().slice(0, 60);

  // pictures
  const pictures = [...document.querySelectorAll("svg, img, canvas")].filter((each) => !folded(each) && !each.closest("svg svg"));
  const blank = (canvas) => {
    const context = canvas.getContext("2d");
    if (!context || !canvas.width || !canvas.height) return true;
    return !context.getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value !== 0);
  };
  const broken = pictures.filter((each) => {
    if (each.tagName === "IMG") return !(each.complete && each.naturalWidth > 0);
    if (each.tagName === "CANVAS") return blank(each);
    const box = each.getBoundingClientRect();
    const drawn = each.getBBox ? each.getBBox() : box;
    return !(box.width > 0 && box.height > 0 && drawn.width + drawn.height > 0);
  });

  // what is wider than the page, unless it scrolls in a box of its own
  const width = document.documentElement.clientWidth;
  const clipped = (element) => {
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement)
      if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(each).overflowX) && each.getBoundingClientRect().right <= width + 1) return true;
    return false;
  };
  const overflow = Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - width;
  const wide = overflow <= 0 ? [] : [...document.body.querySelectorAll("*")]
    .filter((each) => shown(each) && each.getBoundingClientRect().right > width + 1 && !clipped(each)).map(name).slice(0, 8);

  // contrast of texts with what is behind them (WCAG 2, relative luminance)
  const parse = (colour) => {
    const parts = (colour.match(/[\d.]+/g) || []).map(Number);
    return parts.length < 3 ? null : { rgb: parts.slice(0, 3), alpha: parts.length > 3 ? parts[3] : 1 };
  };
  const luminance = (rgb) => rgb.map((value) => value / 255)
    .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) {
      const colour = parse(getComputedStyle(each).backgroundColor);
      if (colour && colour.alpha > 0) layers.push(colour);
      if (colour && colour.alpha === 1) break;
    }
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark" ? 0 : 255;
    return layers.reverse().reduce((under, over) => under.map((value, index) => value * (1 - over.alpha) + over.rgb[index] * over.alpha), [dark, dark, dark]);
  };
  const faint = [];
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || ["SCRIPT", "STYLE", "TITLE", "OPTION"].includes(element.tagName) || folded(element) || !shown(element)) continue;
    const style = getComputedStyle(element);
    const ink = parse(element.tagName === "text" ? style.fill : style.color);
    if (!ink || ink.alpha === 0) continue;
    const [light, dark] = [luminance(ink.rgb), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < CONTRAST) faint.push(`${contrast.toFixed(2)} ${name(element)}`);
  }

  // links
  const links = [...document.querySelectorAll("a[href]")].filter((each) => !folded(each)).map((each) => each.getAttribute("href"));
  const dangling = links.filter((each) => each.startsWith("#") && each.length > 1)
    .filter((each) => !document.getElementById(decodeURIComponent(each.slice(1))) && !document.getElementsByName(decodeURIComponent(each.slice(1))).length);
  return {
    title: document.title, pictures: pictures.length, broken: broken.map(name), overflow, wide, faint: [...new Set(faint)],
    links: [...new Set(links)], dangling: [...new Set(dangling)],
  };
}
