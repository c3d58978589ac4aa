//! A library's static data as it was when it was loaded.

use std::ffi::c_void;

/// Copies of the writable segments of a library, `.data` and `.bss`, without what the linker made read-only.
///
/// To write them back takes some 150 ns for a kernel's memblock, where a fork for each boot took 700 µs and slowed the
/// replay in the child.
pub(crate) struct Image(Vec<(*mut u8, Vec<u8>)>);

// SAFETY: the pointers are only written through by `restore`, whose caller promises that nobody else is in the library.
unsafe impl Send for Image {}
// SAFETY: as above; all else only reads the copies.
unsafe impl Sync for Image {}

/// What is looked for, and what was found: the segments' first and last addresses.
struct Search {
    inside: usize,
    base: usize,
    segments: Vec<(usize, usize)>,
}

impl Image {
    /// The image of the library that the address `inside` lies in, and where that library was loaded.
    ///
    /// The library must not run meanwhile.
    pub(crate) fn of(inside: *const c_void) -> (usize, Self) {
        let mut search = Search { inside: inside as usize, base: 0, segments: Vec::new() };
        // SAFETY: `visit` is called with valid headers for each loaded object, and gets `search` back as its last argument.
        unsafe { libc::dl_iterate_phdr(Some(visit), (&raw mut search).cast()) };
        let copy = |&(start, end): &(usize, usize)| {
            // SAFETY: the segment is mapped, readable and writable for as long as the library is loaded, which is for good.
            let bytes = unsafe { std::slice::from_raw_parts(start as *const u8, end - start) };
            (start as *mut u8, bytes.to_vec())
        };
        (search.base, Self(search.segments.iter().map(copy).collect()))
    }

    /// The first byte and the size of each segment.
    pub(crate) fn segments(&self) -> impl Iterator<Item = (*mut u8, usize)> {
        self.0.iter().map(|(at, copy)| (*at, copy.len()))
    }

    /// Writes the copies back.
    ///
    /// # Safety
    /// Nobody runs in the library, and nothing holds a reference into its static data.
    pub(crate) unsafe fn restore(&self) {
        for (at, copy) in &self.0 {
            // SAFETY: the segment is mapped and writable, as long as its copy, and the caller promises that nobody uses it.
            unsafe { at.copy_from_nonoverlapping(copy.as_ptr(), copy.len()) };
        }
    }
}

/// Takes note of the writable segments of the one object that the searched address lies in.
// SAFETY: to be called by the linker, with the search that it was given.
unsafe extern "C" fn visit(info: *mut libc::dl_phdr_info, _: usize, search: *mut c_void) -> i32 {
    // SAFETY: the linker hands valid facts over, and the pointer that `Image::of` gave it.
    let (info, search) = unsafe { (&*info, &mut *search.cast::<Search>()) };
    // SAFETY: these are the object's program headers, as many as it says.
    let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
    let base = address(info.dlpi_addr);
    let span = |at: u64, size: u64| (base + address(at), base + address(at) + address(size));
    let load = || headers.iter().filter(|header| header.p_type == libc::PT_LOAD);
    let holds = |(start, end): (usize, usize)| (start..end).contains(&search.inside);
    if !load().any(|header| holds(span(header.p_vaddr, header.p_memsz))) {
        return 0;
    }
    let relro = headers.iter().find(|header| header.p_type == libc::PT_GNU_RELRO);
    let relro = relro.map(|header| span(header.p_vaddr, header.p_memsz));
    for header in load().filter(|header| header.p_flags & libc::PF_W != 0) {
        let (start, end) = span(header.p_vaddr, header.p_memsz);
        let start = match relro {
            // The part that is read-only by now comes first; the linker protects whole pages of it.
            Some((from, to)) if from >= start && from < end => (to & !4095).max(start),
            _ => start,
        };
        if start < end {
            search.segments.push((start, end));
        }
    }
    search.base = base;
    1
}

/// An address of this process, whose pointers are as wide as the object's.
#[expect(clippy::cast_possible_truncation, reason = "an address of an object that is loaded here")]
fn address(at: u64) -> usize {
    at as usize
}
