import "./shell";
import "./designer";
import "./preview";
