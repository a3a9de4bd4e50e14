//! Structs that the caller allocates and that may grow: their first field says how much of them he knows.
//!
//! A program that is older than the library has shorter structs: what it leaves out is zero, which is every field's
//! default. A program that is newer has longer ones: what the library does not know must be zero where it is read,
//! and becomes zero where it is written.

use crate::boundary::Result;
use crate::error::Failure;

/// A struct whose first field is its size.
///
/// # Safety
/// It is `repr(C)`, begins with a `usize`, has no padding at its end, and all bytes zero are a valid value.
pub(crate) unsafe trait Growing: Sized {
    /// Its name in C.
    const NAME: &'static str;
    /// Its size when it was first released.
    const FIRST_SIZE: usize;
}

/// Reads a struct of the caller's.
///
/// # Safety
/// `pointer` is NULL or as many bytes as its first field says can be read there, no fewer than that field takes.
pub(crate) unsafe fn read<T: Growing>(pointer: *const T) -> Result<T> {
    let size = size_of_callers(pointer)?;
    let rest = size.saturating_sub(size_of::<T>());
    // SAFETY: the caller's struct has `size` bytes, and these are the last `rest` of them.
    let unknown = unsafe { std::slice::from_raw_parts(pointer.cast::<u8>().add(size - rest), rest) };
    if unknown.iter().any(|&byte| byte != 0) {
        return Err(Failure::invalid(format!(
            "{} has a field set that this version of the library does not know",
            T::NAME
        )));
    }
    // SAFETY: zeros are a valid value (contract of `Growing`); at most the caller's bytes are copied, and at most ours.
    unsafe {
        let mut value = std::mem::zeroed::<T>();
        pointer.cast::<u8>().copy_to(std::ptr::from_mut(&mut value).cast(), size - rest);
        Ok(value)
    }
}

/// Checks that a struct of the caller's can take what is written to it. Before any work is done.
///
/// # Safety
/// As for [`read`], and the bytes may be written to until the function returns.
pub(crate) unsafe fn place<T: Growing>(pointer: *mut T) -> Result<Place<T>> {
    let size = size_of_callers(pointer)?;
    Ok(Place { pointer, size })
}

/// A struct of the caller's to write to.
pub(crate) struct Place<T> {
    pointer: *mut T,
    size: usize,
}

impl<T: Growing> Place<T> {
    /// Writes everything but the size, which remains the caller's.
    pub(crate) fn put(self, value: T) {
        let known = self.size.min(size_of::<T>());
        let from = std::ptr::from_ref(&value).cast::<u8>();
        let to = self.pointer.cast::<u8>();
        let first = size_of::<usize>();
        // SAFETY: both structs have at least `known` bytes, and the caller's has `size` (contract of `place`).
        unsafe {
            from.add(first).copy_to(to.add(first), known - first);
            to.add(known).write_bytes(0, self.size - known);
        }
    }
}

fn size_of_callers<T: Growing>(pointer: *const T) -> Result<usize> {
    if pointer.is_null() {
        return Err(Failure::null(T::NAME));
    }
    // SAFETY: by the contract of the callers, which are the two functions above, the first field can be read.
    let size = unsafe { pointer.cast::<usize>().read() };
    // A struct that is a thousand times as long is one whose size was never set.
    if size < T::FIRST_SIZE || size > 1000 * size_of::<T>() {
        return Err(Failure::invalid(format!(
            "the size in {name} is {size}: set it to sizeof({name}) before the call",
            name = T::NAME
        )));
    }
    Ok(size)
}
