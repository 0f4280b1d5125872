import "./shell";
import "./designer";
