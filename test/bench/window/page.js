/**
 * Instruments for the page that is measured: they read the pixels that a person sees, not what the program says of
 * them. Given to the browser as text, so it imports and exports nothing. Times are `performance.now()` of the page, ms.
 */
(() => {
  const page = globalThis;
  const { document } = page;
  const small = document.createElement('canvas');
  small.width = small.height = 32;
  const context = small.getContext('2d', { willReadFrequently: true });

  /** A square of a canvas about a place of it, in shares of its size. */
  const sample = (canvas, side, across, down) => {
    context.clearRect(0, 0, side, side);
    if (!canvas || canvas.width < 64) return new Uint8ClampedArray(4 * side * side);
    const [x, y] = [canvas.width * across - side / 2, canvas.height * down - side / 2].map(Math.round);
    context.drawImage(canvas, x, y, side, side, 0, 0, side, side);
    return context.getImageData(0, 0, side, side).data;
  };
  const image = (view) => document.querySelector(`[data-testid="view-${view}"] .image canvas`);
  const overlay = (view) => document.querySelector(`[data-testid="view-${view}"] > canvas`);

  // Behind all that was asked for this frame, so that nothing is seen a frame too late.
  const channel = new MessageChannel();
  const waiting = [];
  channel.port1.onmessage = () => waiting.shift()?.();
  const afterFrame = (then) =>
    page.requestAnimationFrame(() => {
      waiting.push(then);
      channel.port2.postMessage(null);
    });
  const untilSeen = (seen, from) =>
    new Promise((resolve) => {
      const look = () => (seen() || performance.now() - from > 3000 ? resolve(null) : afterFrame(look));
      afterFrame(look);
    });

  const greyOf = (view) => sample(image(view), 1, 0.5, 0.5)[0];
  /** Of the whole picture: a part of it may look alike on neighbouring slices. */
  const hashOf = (view) => {
    const canvas = image(view);
    context.clearRect(0, 0, 32, 32);
    if (canvas && canvas.width >= 64) context.drawImage(canvas, 0, 0, 32, 32);
    let hash = 0;
    for (const value of context.getImageData(0, 0, 32, 32).data) hash = (Math.imul(hash, 31) + value) | 0;
    return hash;
  };

  let wanted = -1;
  let times = { clicked: 0, first: null, whole: null };
  document.addEventListener(
    'click',
    (event) => {
      if (wanted < 0) return;
      times = { clicked: event.timeStamp, first: null, whole: null };
      const look = () => {
        const now = performance.now();
        if (times.first === null && Math.abs(greyOf('axial') - wanted) <= 3) times.first = now;
        const views = document.querySelector('[data-testid="views"]');
        if (times.first !== null && views?.getAttribute('data-whole') === 'true') times.whole = now;
        if (times.whole === null) afterFrame(look);
      };
      afterFrame(look);
    },
    { capture: true },
  );

  page.bench = {
    /** The next click opens a scan whose middle has this grey. */
    arm: (grey) => {
      wanted = grey;
      times = { clicked: 0, first: null, whole: null };
    },
    times: () => times,
    greyOf,
    /** Scrolls the axial view to and fro over so many slices. @returns the wait for each, ms */
    scroll: async (steps, turn = 120) => {
      wanted = -1;
      const view = document.querySelector('[data-testid="view-axial"]');
      const waits = [];
      for (let n = 0; n < steps; n++) {
        const before = hashOf('axial');
        const from = performance.now();
        const deltaY = Math.floor(n / turn) % 2 === 0 ? 100 : -100;
        view.dispatchEvent(new page.WheelEvent('wheel', { deltaY, bubbles: true, cancelable: true }));
        await untilSeen(() => hashOf('axial') !== before, from);
        waits.push(performance.now() - from);
      }
      return waits;
    },
    /** Notes from now on how long it takes until what a drag paints is seen under the pointer. */
    watchBrush: () => {
      const waits = [];
      page.bench.brushWaits = () => waits;
      let busy = false;
      const view = document.querySelector('[data-testid="view-axial"]');
      view.addEventListener(
        'pointermove',
        async (event) => {
          const canvas = overlay('axial');
          if (event.buttons !== 1 || busy || !canvas) return;
          busy = true;
          const box = canvas.getBoundingClientRect();
          const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
          await untilSeen(() => sample(canvas, 1, x, y)[3] > 0, event.timeStamp);
          waits.push(performance.now() - event.timeStamp);
          busy = false;
        },
        { capture: true },
      );
    },
  };
})();
