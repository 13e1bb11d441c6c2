package cli

import (
	"strings"
	"unicode/utf8"
)

// table writes rows in columns, below their headers when there are any (SymfonyStyle::table). What would obey a terminal
// in them is escaped.
func (c *console) table(headers []string, rows [][]string) {
	widths := columnWidths(headers, rows)
	rule := ""
	for _, width := range widths {
		rule += " " + strings.Repeat("-", width+2)
	}
	c.line("%s ", rule)
	if headers != nil {
		c.line("%s ", c.tableRow(headers, widths, "32"))
		c.line("%s ", rule)
	}
	for _, row := range rows {
		c.line("%s ", c.tableRow(row, widths, ""))
	}
	if len(rows) > 0 {
		c.line("%s ", rule)
	}
	c.printf("\n")
	c.apart = true
}

func columnWidths(headers []string, rows [][]string) (widths []int) {
	for _, row := range append([][]string{headers}, rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(printable(cell)))
		}
	}
	return widths
}

func (c *console) tableRow(row []string, widths []int, colour string) string {
	line := ""
	for i, cell := range row {
		text := printable(cell)
		fill := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text))
		line += "  " + c.paint(colour, text) + fill + " "
	}
	return line
}
