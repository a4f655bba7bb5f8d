// Run inside the page: every text that can be seen, with the contrast of its colour to what lies behind it, by WCAG 2.
(() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  /** Red, green, blue and alpha of whatever CSS calls a colour, over what is there already. */
  const paint = (colors) => {
    pen.clearRect(0, 0, 1, 1);
    for (const color of colors) {
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([red, green, blue]) => {
    const [r, g, b] = [red, green, blue].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => {
    const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  /** From the root down: what each ancestor paints behind the text. */
  const behind = (element) => {
    const colors = [];
    for (let one = element; one !== null; one = one.parentElement) {
      const box = one.matches("a.node, g.node") ? one.querySelector("rect") : null;
      colors.unshift(box === null ? getComputedStyle(one).backgroundColor : getComputedStyle(box).fill);
    }
    return colors;
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const text = texts.currentNode.data.trim();
    if (text === "" || element.matches("option, title, script, noscript, .unseen, .skip")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const ground = behind(element);
    const color = element instanceof SVGElement ? style.fill : style.color;
    found.push({ text, contrast: contrast(paint([...ground, color]), paint(ground)) });
  }
  return found;
})();
