(module (func (export "a") (result i32) (i32.const 1)))
(assert_return (invoke "a") (i32.const 1))
