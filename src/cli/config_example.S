/* config.json.example as config_example.py shortens it, built into husk for `husk spec`. */
    .section .rodata
    .global config_example_start
    .global config_example_end
config_example_start:
    .incbin HUSK_CONFIG_EXAMPLE
config_example_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
