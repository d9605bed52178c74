/* SPDX-License-Identifier: MIT
 *
 * What a counting guest runs between power-on and its kernel, instead of the emulator's own firmware. That one
 * differs from version to version of QEMU, in how many instructions it takes and in the tables it hands over;
 * the kernel stirs the time of its start into its random pool, so that every draw of ASLR differed too.
 *
 * 64 KiB that end at 4 GiB; the PC shows them below 1 MiB as well, from 0xf0000 on. ACPI tables come into the
 * lower half when the image is put together (firmware.cpp). Does nothing that the time of day, the host or the
 * emulator's version could change: fetches what -kernel, -initrd and -append named, and enters the kernel by the
 * 32-bit boot protocol (Documentation/arch/x86/boot.rst).
 */
        .set TABLES, 0xf0000            /* the RSDP: the first of the tables, in the copy below 1 MiB */

        /* QEMU's docs/specs/fw_cfg.rst; the numbers of the files: include/standard-headers/linux/qemu_fw_cfg.h */
        .set DMA_PORT, 0x514            /* high half of the request's address, then the low half, big-endian */
        .set DMA_READ_SELECTED, 0x0a
        .set RAM_SIZE, 0x03
        .set KERNEL_ADDR, 0x07
        .set KERNEL_SIZE, 0x08
        .set INITRD_ADDR, 0x0a
        .set INITRD_SIZE, 0x0b
        .set KERNEL_DATA, 0x11
        .set INITRD_DATA, 0x12
        .set CMDLINE_ADDR, 0x13
        .set CMDLINE_SIZE, 0x14
        .set CMDLINE_DATA, 0x15
        .set SETUP_ADDR, 0x16
        .set SETUP_SIZE, 0x17
        .set SETUP_DATA, 0x18

        /* Memory that no file is loaded to: QEMU puts setup at 0x10000 and the command line at 0x20000. */
        .set REQUEST, 0x1000            /* 16 bytes: control, length, address, all big-endian */
        .set VALUE, 0x1010
        .set STACK, 0x3000
        .set PARAMS, 0x6000             /* struct boot_params, the "zero page" */

        /* struct boot_params and the setup header in it */
        .set ACPI_RSDP, 0x070
        .set E820_ENTRIES, 0x1e8
        .set HEADER, 0x1f1
        .set JUMP_LENGTH, 0x201         /* the header ends this far behind 0x202 */
        .set CODE32_START, 0x214
        .set E820_TABLE, 0x2d0

        .text
rom:                                    /* linked at 0xffff0000 */
        .org 0x8000
        .code16
start16:
        cli
        cld
        lgdtl   %cs:(gdt_pointer - rom)
        movl    %cr0, %eax
        /* Protection on, caches on. */
        andl    $~0x60000000, %eax
        orl     $1, %eax
        movl    %eax, %cr0
        ljmpl   $0x10, $start32

        .code32
start32:
        movl    $0x18, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $STACK, %esp

        /* All memory is cached (IA32_MTRR_DEF_TYPE): else the kernel takes it for uncached. */
        movl    $0x2ff, %ecx
        movl    $0x806, %eax
        xorl    %edx, %edx
        wrmsr

        /* The power management registers of the PIIX4 (device 1.3) at 0x600: it is there that the guest
         * switches itself off. */
        movl    $0x80000b40, %ebx
        movl    $0x601, %ecx
        call    pci_write
        movl    $0x80000b80, %ebx
        movl    $1, %ecx
        call    pci_write

        movl    $SETUP_SIZE, %eax
        movl    $SETUP_ADDR, %ebx
        movl    $SETUP_DATA, %edx
        call    load
        movl    %edi, %ebp              /* where setup is */
        movl    $KERNEL_SIZE, %eax
        movl    $KERNEL_ADDR, %ebx
        movl    $KERNEL_DATA, %edx
        call    load
        movl    $INITRD_SIZE, %eax
        movl    $INITRD_ADDR, %ebx
        movl    $INITRD_DATA, %edx
        call    load
        movl    $CMDLINE_SIZE, %eax
        movl    $CMDLINE_ADDR, %ebx
        movl    $CMDLINE_DATA, %edx
        call    load

        movl    $PARAMS, %edi
        movl    $1024, %ecx
        xorl    %eax, %eax
        rep stosl
        /* The emulator has filled in the setup header where initrd and command line are. */
        leal    HEADER(%ebp), %esi
        movl    $PARAMS + HEADER, %edi
        movzbl  JUMP_LENGTH(%ebp), %ecx
        addl    $0x202 - HEADER, %ecx
        rep movsb
        movl    $TABLES, PARAMS + ACPI_RSDP

        movl    $RAM_SIZE, %eax
        call    value
        subl    $0x100000, %eax
        movl    $e820, %esi
        movl    $PARAMS + E820_TABLE, %edi
        movl    $(e820_end - e820) / 4, %ecx
        rep movsl
        movl    %eax, PARAMS + E820_TABLE + e820_high - e820 + 8
        movb    $(e820_end - e820) / 20, PARAMS + E820_ENTRIES

        movl    PARAMS + CODE32_START, %eax
        movl    $PARAMS, %esi
        xorl    %ebx, %ebx
        xorl    %ebp, %ebp
        xorl    %edi, %edi
        jmp     *%eax

/* Loads file %edx, whose size is in file %eax, to the address in file %ebx, which is left in %edi. */
load:
        pushl   %edx
        call    value
        xchgl   %eax, %ebx
        call    value
        movl    %eax, %edi
        movl    %ebx, %ecx
        popl    %eax
        jmp     read

/* The 32 bits in file %eax, in %eax. */
value:
        pushl   %edi
        movl    $4, %ecx
        movl    $VALUE, %edi
        call    read
        movl    VALUE, %eax
        popl    %edi
        ret

/* Reads %ecx bytes of file %eax to %edi. The emulator does it at once, whatever the length. */
read:
        shll    $16, %eax
        orl     $DMA_READ_SELECTED, %eax
        bswapl  %eax
        movl    %eax, REQUEST
        bswapl  %ecx
        movl    %ecx, REQUEST + 4
        movl    $0, REQUEST + 8
        movl    %edi, %eax
        bswapl  %eax
        movl    %eax, REQUEST + 12
        movl    $DMA_PORT, %edx
        xorl    %eax, %eax
        outl    %eax, %dx
        addl    $4, %edx
        movl    $REQUEST, %eax
        bswapl  %eax
        outl    %eax, %dx
        ret

/* Writes %ecx to the PCI configuration register whose address is %ebx. */
pci_write:
        movl    $0xcf8, %edx
        movl    %ebx, %eax
        outl    %eax, %dx
        addl    $4, %edx
        movl    %ecx, %eax
        outl    %eax, %dx
        ret

        .balign 8
gdt:
        .quad   0, 0
        .quad   0x00cf9b000000ffff      /* 0x10: all of memory as code, as the boot protocol asks */
        .quad   0x00cf93000000ffff      /* 0x18: and as data */
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt

        .balign 4
e820:
        .long   0, 0, 0x9fc00, 0, 1
        .long   0x9fc00, 0, 0x60400, 0, 2       /* and the firmware's copy, up to 1 MiB */
e820_high:
        .long   0x100000, 0, 0, 0, 1            /* the length comes from the emulator */
e820_end:

        .org 0xfff0
        .code16
        jmp     start16
        .org 0x10000
