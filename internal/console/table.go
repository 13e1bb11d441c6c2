package console

import "strings"

// Table writes rows in columns, below their headers when there are any (SymfonyStyle::table). What would obey a terminal
// in them is escaped.
func (c *Console) Table(headers []string, rows [][]string) {
	widths := columnWidths(headers, rows)
	rule := ""
	for _, width := range widths {
		rule += " " + strings.Repeat("-", width+2)
	}
	c.Line("%s ", rule)
	if headers != nil {
		c.Line("%s ", c.tableRow(headers, widths, "32"))
		c.Line("%s ", rule)
	}
	for _, row := range rows {
		c.Line("%s ", c.tableRow(row, widths, ""))
	}
	if len(rows) > 0 {
		c.Line("%s ", rule)
	}
	c.Printf("\n")
	c.apart = true
}

func columnWidths(headers []string, rows [][]string) (widths []int) {
	for _, row := range append([][]string{headers}, rows...) {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], columns(Printable(cell)))
		}
	}
	return widths
}

func (c *Console) tableRow(row []string, widths []int, colour string) string {
	line := ""
	for i, cell := range row {
		text := Printable(cell)
		fill := strings.Repeat(" ", widths[i]-columns(text))
		line += "  " + c.Paint(colour, text) + fill + " "
	}
	return line
}
