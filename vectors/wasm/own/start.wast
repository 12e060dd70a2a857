;; Start functions: they run before anything else of their module, and after everything that they use is there.
(module $log
  (global $said (export "said") (mut i32) (i32.const 0))
  (func (export "say") (param i32) (global.set $said (i32.add (i32.mul (global.get $said) (i32.const 10)) (local.get 0)))))
(register "log" $log)
(module
  (import "log" "say" (func $say (param i32)))
  (memory (export "memory") 1 4)
  (data (i32.const 0) "\05")
  (table 1 funcref)
  (elem (i32.const 0) $from_table)
  (global $ran (mut i32) (i32.const 0))
  (func $from_table (call $say (i32.load8_u (i32.const 0))))
  (func $start
    (call $say (i32.const 1))
    (call_indirect (i32.const 0))
    (call $say (memory.grow (i32.const 2)))
    (global.set $ran (i32.add (global.get $ran) (i32.const 1))))
  (func (export "ran") (result i32 i32) (global.get $ran) (memory.size))
  (start $start))
(assert_return (invoke "ran") (i32.const 1) (i32.const 3))
(assert_return (get $log "said") (i32.const 151))

;; The start function may be imported, or exported as well.
(module $starter (import "log" "say" (func $say (param i32))) (func (export "go") (call $say (i32.const 7))))
(register "starter" $starter)
(module (import "starter" "go" (func $go)) (start $go))
(assert_return (get $log "said") (i32.const 1517))
(module
  (global $n (mut i32) (i32.const 0))
  (func $start (export "again") (global.set $n (i32.add (global.get $n) (i32.const 1))))
  (func (export "n") (result i32) (global.get $n))
  (start $start))
(assert_return (invoke "n") (i32.const 1))
(assert_return (invoke "again"))
(assert_return (invoke "n") (i32.const 2))

;; One that traps ends the instantiation; what it did before stays done.
(assert_trap
  (module (import "log" "say" (func $say (param i32))) (func $start (call $say (i32.const 8)) (unreachable)) (start $start))
  "unreachable")
(assert_return (get $log "said") (i32.const 15178))
(assert_trap (module (memory 1) (func $start (drop (i32.load (i32.const 65536)))) (start $start)) "out of bounds memory access")
