"""The pages, one module an area. Every module of this folder is imported; its handlers join by `@page`."""
