/* husk-init, embedded in husk: it is written to a sealed memfd and executed from there. */
    .section .rodata
    .global init_image_start
    .global init_image_end
    .balign 4096
init_image_start:
    .incbin HUSK_INIT_FILE
init_image_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
