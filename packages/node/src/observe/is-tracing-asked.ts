/** Whether the environment names a collector of spans (OpenTelemetry § OTLP exporter); apart, since it loads nothing. */
export function isTracingAsked(env: NodeJS.ProcessEnv): boolean {
  return (env.OTEL_EXPORTER_OTLP_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? '') !== ''
}
