// Package report turns what was measured into numbers that can be compared: medians with quartiles, ratios of sides that
// were measured in turns, tables, and plots. The same results make the same bytes. It measures nothing.
package report
