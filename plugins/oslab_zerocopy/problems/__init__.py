"""The problem types of zerocopy."""
