//! Stopping runs from other threads and from signal handlers.

use checksig_core::CancelToken;

use crate::boundary::{self, Out, call, value};
use crate::error::{checksig_error, checksig_status};

/// A flag that stops runs: those that were given it in their checksig_options. It stays set: a run that is started with
/// it afterwards ends at once.
pub struct checksig_cancel_token(pub(crate) CancelToken);

/// Makes a token that is not set.
///
/// @param token  receives the token, to be freed with checksig_cancel_token_free()
/// @return CHECKSIG_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_cancel_token_new(
    token: *mut *mut checksig_cancel_token,
) -> checksig_status {
    let new = || {
        // SAFETY: the header asks for NULL or a place to write to.
        let token = unsafe { Out::new(token, "token") }?;
        token.give(checksig_cancel_token(CancelToken::new()));
        Ok(checksig_status::CHECKSIG_OK)
    };
    // SAFETY: no error is asked for.
    unsafe { call(std::ptr::null_mut::<*mut checksig_error>(), new) }
}

/// Sets the token: every run that has it stops at its next buffer, within a small part of a second even inside a huge
/// file. Returns at once. Reading a list is not stopped: a run that has not read its lists yet stops after it.
///
/// From any thread, and from a signal handler: it only writes one atomic flag. It takes no lock, allocates nothing and
/// leaves errno alone.
///
/// @return CHECKSIG_OK; CHECKSIG_NULL_ARGUMENT for NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_cancel(token: *const checksig_cancel_token) -> checksig_status {
    // Not `call`, whose failures are made of allocated text.
    value(checksig_status::CHECKSIG_PANIC, || {
        // SAFETY: the header asks for NULL or a token that is not freed.
        match unsafe { token.as_ref() } {
            Some(token) => {
                token.0.cancel();
                checksig_status::CHECKSIG_OK
            }
            None => checksig_status::CHECKSIG_NULL_ARGUMENT,
        }
    })
}

/// Whether the token is set; false for NULL. From any thread and from a signal handler.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_cancel_token_is_set(token: *const checksig_cancel_token) -> bool {
    // SAFETY: the header asks for NULL or a token that is not freed.
    value(false, || unsafe { token.as_ref() }.is_some_and(|token| token.0.is_cancelled()))
}

/// Frees a token. Runs that were started with it go on; nothing can cancel them through it any more. Nothing happens for
/// NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn checksig_cancel_token_free(token: *mut checksig_cancel_token) {
    // SAFETY: the header asks for NULL or a token that is not freed.
    value((), || unsafe { boundary::take_back(token) });
}
