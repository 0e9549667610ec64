use std::ffi::{c_char, c_void, CStr};
use std::ptr::{null, null_mut};

// What <postern/postern.h> declares, as far as it is used here.
#[repr(C)]
struct Bytes {
    data: *const c_char,
    size: usize,
}

#[repr(C)]
struct Access {
    struct_size: usize,
    permission: u32,
    form: i32,
    text: Bytes,
    args: *const c_void,
    arg_count: usize,
    named: *const c_void,
    named_count: usize,
    parts: *const c_void,
    part_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy, Default)]
struct Decision([u64; 1]);

const ABI_VERSION: u32 = 1;
const FS_READ: u32 = 1;
const FORM_PATH: i32 = 2;

#[link(name = "postern")]
extern "C" {
    fn postern_check_abi(version: u32, bytes_size: usize, error: *mut c_void) -> i32;
    fn postern_error_new() -> *mut c_void;
    fn postern_error_free(error: *mut c_void);
    fn postern_error_message(error: *const c_void, size: *mut usize) -> *const c_char;
    fn postern_policy_from_text(
        text: *const c_char, size: usize, options: *const c_void,
        policy: *mut *mut c_void, error: *mut c_void,
    ) -> i32;
    fn postern_policy_free(policy: *mut c_void);
    fn postern_context_new(
        policy: *const c_void, options: *const c_void, context: *mut *mut c_void,
        authority: *mut *mut c_void, error: *mut c_void,
    ) -> i32;
    fn postern_context_free(context: *mut c_void);
    fn postern_enforce(
        context: *mut c_void, access: *const Access, deadline_unix_ns: i64,
        decision: *mut Decision, error: *mut c_void,
    ) -> i32;
    fn postern_decision_allowed(decision: Decision) -> i32;
}

const RULES: &str = r#"version: 1 layers { name: "grants"
  rules { allow: "fs.read" pattern: "/srv/app" } }"#;

// Exits 0 if the app may read the file, 1 if not, 2 on a mistake.
fn main() {
    let name = "/srv/app/index.html";
    let access = Access {
        struct_size: std::mem::size_of::<Access>(),
        permission: FS_READ,
        form: FORM_PATH,
        text: Bytes { data: name.as_ptr().cast(), size: name.len() },
        args: null(), arg_count: 0,
        named: null(), named_count: 0,
        parts: null(), part_count: 0,
    };
    let (mut policy, mut context) = (null_mut(), null_mut());
    let mut decision = Decision::default(); // a denial
    let allowed = unsafe {
        let error = postern_error_new();
        if postern_check_abi(ABI_VERSION, std::mem::size_of::<Bytes>(), error) != 0
            || postern_policy_from_text(
                RULES.as_ptr().cast(), RULES.len(), null(), &mut policy, error) != 0
            || postern_context_new(policy, null(), &mut context, null_mut(), error) != 0
            || postern_enforce(context, &access, i64::MAX, &mut decision, error) != 0
        {
            let text = CStr::from_ptr(postern_error_message(error, null_mut()));
            eprintln!("{}", text.to_string_lossy());
            std::process::exit(2);
        }
        postern_context_free(context);
        postern_policy_free(policy);
        postern_error_free(error);
        postern_decision_allowed(decision) != 0
    };
    println!("{}", if allowed { "allowed" } else { "denied" });
    std::process::exit(if allowed { 0 } else { 1 });
}
