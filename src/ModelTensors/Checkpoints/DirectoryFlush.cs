using System.Runtime.InteropServices;

namespace ModelTensors.Checkpoints;

/// <summary>Makes the names in a folder durable: on Unix a file whose folder was not flushed may be gone after a power cut.</summary>
public static partial class DirectoryFlush
{
    // O_RDONLY is 0 everywhere; O_CLOEXEC is not. The runtime opens no handles to folders, hence the C library.
    private const int LinuxCloseOnExec = 0x80000;
    private const int MacCloseOnExec = 0x1000000;

    /// <summary>Flushes the folder's entries. Windows journals them itself.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="IOException">The disk does not take them.</exception>
    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        int descriptor = Open(folder, OperatingSystem.IsLinux() ? LinuxCloseOnExec : MacCloseOnExec);
        if (descriptor < 0)
        {
            throw Error(folder);
        }

        try
        {
            // Some network file systems cannot flush folders and say so (EINVAL, 22): there is nothing more to do there.
            if (Synchronize(descriptor) != 0 && Marshal.GetLastPInvokeError() != 22)
            {
                throw Error(folder);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Error(string folder)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"The folder '{folder}' cannot be flushed to the disk: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
