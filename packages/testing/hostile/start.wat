;; Does its harm before anything is called: an endless start function.
(component
  (core module $m
    (func $start (loop $again (br $again)))
    (start $start)
    (func (export "never") (result i32) (i32.const 1)))
  (core instance $i (instantiate $m))
  (alias core export $i "never" (core func $never))
  (func $f (result u32) (canon lift (core func $never)))
  (export "never" (func $f)))
