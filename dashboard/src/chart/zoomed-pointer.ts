const EVENTS = ['pointerdown', 'pointermove', 'pointerup', 'mousedown', 'mousemove', 'mouseup', 'click'] as const;

/**
 * On large screens the whole page is zoomed, and browsers then give an event's place in the element in pixels of the screen,
 * which the chart takes for its own: they are made its own before it reads them.
 */
export function readPointerZoomed(box: HTMLElement): void {
  for (const name of EVENTS) {
    box.addEventListener(
      name,
      (event) => {
        const { left, top, width } = box.getBoundingClientRect();
        const zoom = width / box.offsetWidth;
        if (Math.abs(zoom - 1) < 0.01) return;
        const [x, y] = [(event.clientX - left) / zoom, (event.clientY - top) / zoom];
        // Firefox is asked for another pair of names.
        for (const [key, value] of Object.entries({ offsetX: x, offsetY: y, layerX: x, layerY: y }))
          Object.defineProperty(event, key, { value });
      },
      { capture: true },
    );
  }
}
