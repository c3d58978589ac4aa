/*
 * A program without a library, of which callgrind and the plugin must count the same, function by function: loops, calls
 * through pointers, recursion, tail calls, a function of one block, and one that goes round at its first instruction.
 */
#define KEEP __attribute__((noinline, noclone, used))

/* Initialised, as valgrind reads the symbols of programs only that have data. */
static volatile unsigned long sink = 1;

KEEP unsigned long leaf(unsigned long n) { return n * 2654435761u; }

KEEP unsigned long loop(unsigned long n)
{
	unsigned long sum = 0;
	while (n)
		sum += leaf(n--);
	return sum;
}

/* A tail call: built with -foptimize-sibling-calls. */
KEEP unsigned long tail(unsigned long n) { return loop(n + 1); }

KEEP unsigned long recurse(unsigned long n) { return n < 2 ? n : recurse(n - 1) + recurse(n - 2) + sink; }

KEEP unsigned long through(unsigned long (*call)(unsigned long), unsigned long n) { return call(n) + 1; }

/* Gcd, whose loop begins with its first instruction when optimised. */
KEEP unsigned long spin(unsigned long a, unsigned long b)
{
	do {
		unsigned long rest = a % b;
		a = b;
		b = rest;
	} while (b);
	return a;
}

KEEP void finish(void) { sink++; }

/* Callgrind does not count the block that ends the program, so that it is a function of its own. */
KEEP void leave(void)
{
#if defined(__x86_64__)
	__asm__ volatile("syscall" : : "a"(231), "D"(0));
#elif defined(__aarch64__)
	register long number __asm__("x8") = 94, code __asm__("x0") = 0;
	__asm__ volatile("svc 0" : : "r"(number), "r"(code));
#endif
	__builtin_unreachable();
}

void _start(void)
{
	for (unsigned long n = 0; n < 50; n++) {
		sink += tail(n);
		sink += through(leaf, n);
		sink += through(recurse, n % 12);
		sink += spin(1000003 + n, 977);
	}
	finish();
	leave();
}
