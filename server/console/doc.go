// Package console serves the web console: the files that `make console` builds of the folder web, embedded in the program.
//
// It promises that a page of it loads nothing from elsewhere and runs nothing that is written into markup (a strict
// Content-Security-Policy on every answer), that files whose names say what they hold are kept by browsers and the page
// itself is not, and that a program which was built without the console says so on its page. It never asks who is there
// and shows nothing of a team: whatever the page shows, it asks the admin API for.
package console
