import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources'
import { BatchSpanProcessor, RandomIdGenerator, TracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace'
import { spanExportMilliseconds, spansPerExport, spansWaitingMax } from '../limits.ts'
import type { NodeObserver } from './observers.ts'
import { Tracing } from './tracing.ts'

/**
 * Sends spans to the collector that the environment names (`OTEL_EXPORTER_OTLP_ENDPOINT` and its kin), as JSON over
 * HTTP. `onProblem` is told once where they do not arrive; the work goes on.
 */
export function exportSpans(version: string, onProblem: (problem: string) => void): NodeObserver {
  const ids = new ChosenIds()
  const own = resourceFromAttributes({ 'service.name': 'ipvm', 'service.version': version })
  const asked = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] })
  const { env } = process
  const hasTimeout = (env.OTEL_EXPORTER_OTLP_TIMEOUT ?? env.OTEL_EXPORTER_OTLP_TRACES_TIMEOUT) !== undefined
  const exporter = new OTLPTraceExporter(hasTimeout ? {} : { timeoutMillis: spanExportMilliseconds })
  const batches = { maxQueueSize: spansWaitingMax, maxExportBatchSize: spansPerExport }
  const provider = new TracerProvider({
    resource: defaultResource().merge(own).merge(asked),
    idGenerator: ids,
    spanProcessors: [new BatchSpanProcessor({ exporter: tellingOnce(exporter, onProblem), ...batches })],
  })
  return new Tracing(provider.getTracer('ipvm', version), {
    onTrace: id => ids.choose(id),
    // What did not arrive was told of already.
    close: () => provider.shutdown().catch(() => {}),
  })
}

/** Random ids, but for a trace whose id was chosen. */
class ChosenIds extends RandomIdGenerator {
  #chosen: string | undefined

  choose(traceId: string): void {
    this.#chosen = traceId
  }

  override generateTraceId(): string {
    const chosen = this.#chosen
    this.#chosen = undefined
    return chosen ?? super.generateTraceId()
  }
}

function tellingOnce(exporter: SpanExporter, onProblem: (problem: string) => void): SpanExporter {
  let isTold = false
  return {
    export: (spans, done) =>
      exporter.export(spans, result => {
        if (result.error && !isTold) onProblem(result.error.message)
        if (result.error) isTold = true
        done(result)
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
