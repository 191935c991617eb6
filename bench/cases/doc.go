// Package cases is what is measured inside one process: decisions (warm and cold), the completion of an answer, activation
// and memory. Before it measures a side it checks that the side answers like the others.
package cases
