;; Writes to its log without end, in every way that it can be written to.
(component
  (import "wasi:logging/logging" (instance $logging
    (type $level' (enum "trace" "debug" "info" "warn" "error" "critical"))
    (export "level" (type $level (eq $level')))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
  (import "wasi:io/error@0.2.3" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:io/streams@0.2.3" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (alias outer 1 $error-type (type $io-error'))
    (export "error" (type $io-error (eq $io-error')))
    (type $failure' (variant (case "last-operation-failed" (own $io-error)) (case "closed")))
    (export "stream-error" (type $failure (eq $failure')))
    (export "[method]output-stream.write"
      (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $failure)))))
    (export "[method]output-stream.write-zeroes"
      (func (param "self" (borrow $out)) (param "len" u64) (result (result (error $failure)))))))
  (alias export $streams "output-stream" (type $stream))
  (import "wasi:cli/stdout@0.2.3" (instance $stdout
    (alias outer 1 $stream (type $stream'))
    (export "output-stream" (type $own (eq $stream')))
    (export "get-stdout" (func (result (own $own))))))

  (core module $memory (memory (export "memory") 17))
  (core instance $m (instantiate $memory))
  (alias core export $m "memory" (core memory $mem))
  (alias export $logging "log" (func $log))
  (alias export $streams "[method]output-stream.write" (func $write))
  (alias export $streams "[method]output-stream.write-zeroes" (func $zeroes))
  (alias export $stdout "get-stdout" (func $get-stdout))
  (core func $log' (canon lower (func $log) (memory $mem)))
  (core func $write' (canon lower (func $write) (memory $mem)))
  (core func $zeroes' (canon lower (func $zeroes) (memory $mem)))
  (core func $get-stdout' (canon lower (func $get-stdout)))

  (core module $flood
    (import "host" "log" (func $log (param i32 i32 i32 i32 i32)))
    (import "host" "write" (func $write (param i32 i32 i32 i32)))
    (import "host" "zeroes" (func $zeroes (param i32 i64 i32)))
    (import "host" "get-stdout" (func $stdout (result i32)))
    ;; A message of a mebibyte, again and again.
    (func (export "lines") (loop $again
      (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 1048576)) (br $again)))
    ;; Nothing at all, again and again.
    (func (export "empty-lines") (loop $again
      (call $log (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) (br $again)))
    (func (export "output") (local $to i32)
      (local.set $to (call $stdout))
      (loop $again
        (call $write (local.get $to) (i32.const 0) (i32.const 1048576) (i32.const 1048576)) (br $again)))
    (func (export "zeroes") (local $to i32)
      (local.set $to (call $stdout))
      (loop $again (call $zeroes (local.get $to) (i64.const 1048576) (i32.const 1048576)) (br $again)))
    ;; A handle for each time, none given back.
    (func (export "handles") (loop $again (drop (call $stdout)) (br $again))))
  (core instance $f (instantiate $flood (with "host" (instance
    (export "log" (func $log')) (export "write" (func $write'))
    (export "zeroes" (func $zeroes')) (export "get-stdout" (func $get-stdout'))))))
  (alias core export $f "lines" (core func $lines))
  (alias core export $f "empty-lines" (core func $empty-lines))
  (alias core export $f "output" (core func $output))
  (alias core export $f "zeroes" (core func $many-zeroes))
  (alias core export $f "handles" (core func $handles))
  (func $f1 (canon lift (core func $lines)))
  (func $f2 (canon lift (core func $empty-lines)))
  (func $f3 (canon lift (core func $output)))
  (func $f4 (canon lift (core func $many-zeroes)))
  (func $f5 (canon lift (core func $handles)))
  (export "lines" (func $f1))
  (export "empty-lines" (func $f2))
  (export "output" (func $f3))
  (export "zeroes" (func $f4))
  (export "handles" (func $f5)))
