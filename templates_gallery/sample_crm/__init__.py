"""An invented company that sells inspection machines and factory software: what its CRM would hold."""
