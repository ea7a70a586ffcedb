/* The head of the page of `husk seccomp report`, as head.py makes it. */
    .section .rodata
    .global page_head
page_head:
    .incbin HUSK_PAGE_HEAD
    .byte 0
    .section .note.GNU-stack, "", %progbits
