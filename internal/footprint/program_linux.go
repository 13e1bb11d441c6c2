package footprint

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// unmapProgram gives back those pages of the program's file that the start has touched: code and tables of all that is linked
// into it. The kernel keeps them as long as it has the memory, and maps again, without a read, the part that the worker needs.
// Where that is not possible nothing is lost.
func unmapProgram() {
	for _, m := range programMappings() {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED)
	}
}

// mapping is a part of the program's file in memory that nobody has changed.
type mapping struct {
	from, to uintptr
	resident int // KiB
}

// programMappings returns what of the program is mapped read-only and as it is in the file. (A debugger, or relocation, leaves
// changed pages, which would be lost.)
func programMappings() (found []mapping) {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return nil
	}
	all, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return nil
	}
	var m mapping
	ours := false
	for lines := bufio.NewScanner(bytes.NewReader(all)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) >= 6 && strings.Contains(fields[0], "-"):
			ours = fields[5] == program && strings.HasPrefix(fields[1], "r-") && strings.HasSuffix(fields[1], "p")
			m = mapping{}
			if n, _ := fmt.Sscanf(fields[0], "%x-%x", &m.from, &m.to); n != 2 {
				ours = false
			}
		case len(fields) >= 5 && strings.Contains(fields[0], "-"):
			ours = false // memory without a file
		case ours && len(fields) == 3 && fields[0] == "Rss:":
			_, _ = fmt.Sscan(fields[1], &m.resident)
		case ours && len(fields) == 3 && fields[0] == "Anonymous:" && fields[1] == "0":
			found = append(found, m)
		}
	}
	return found
}
