"""HTTP: what programs and the studio speak to. `wire` has the shapes of requests, `endpoints` a file for each."""
