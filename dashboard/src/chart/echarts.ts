// The charts' own chunk: only what the pages draw. A page that needs another kind of chart adds it here.
import { BarChart, BoxplotChart, CustomChart, HeatmapChart, LineChart, ScatterChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
} from 'echarts/components';
import * as echarts from 'echarts/core';
import { LegacyGridContainLabel } from 'echarts/features';
import { CanvasRenderer, SVGRenderer } from 'echarts/renderers';

echarts.use([
  BarChart,
  BoxplotChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  LegacyGridContainLabel,
  CanvasRenderer,
  SVGRenderer,
]);

export const { init } = echarts;

/**
 * Texts are measured as they are drawn, in an SVG of the page. By itself ECharts asks a canvas, which may have another font
 * for the same name, and labels are then cut at the chart's edge.
 */
function measureAsDrawn(): void {
  const create = <Name extends 'svg' | 'text'>(name: Name) =>
    document.createElementNS('http://www.w3.org/2000/svg', name);
  const [sheet, pen] = [create('svg'), create('text')];
  sheet.setAttribute('aria-hidden', 'true');
  sheet.setAttribute('class', 'text-measure');
  document.body.append(sheet);
  sheet.append(pen);
  let penFont = '';
  echarts.setPlatformAPI({
    measureText(text, font = '') {
      if (font !== penFont) pen.style.font = font;
      penFont = font;
      pen.textContent = text;
      return { width: pen.getComputedTextLength() };
    },
  });
}
measureAsDrawn();
