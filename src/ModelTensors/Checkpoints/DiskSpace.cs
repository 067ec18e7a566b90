namespace ModelTensors.Checkpoints;

/// <summary>Free space, and the errors of having none.</summary>
internal static class DiskSpace
{
    // ENOSPC is 28 on Linux and macOS; EDQUOT, a full quota, is 122 and 69. The runtime passes errno on as the HResult.
    private const int NoSpace = 28;
    private const int LinuxQuota = 122;
    private const int MacQuota = 69;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static bool IsDiskFull(IOException exception) =>
        OperatingSystem.IsWindows() ? exception.HResult is WindowsHandleDiskFull or WindowsDiskFull
        : exception.HResult == NoSpace || exception.HResult == (OperatingSystem.IsMacOS() ? MacQuota : LinuxQuota);

    public static CheckpointException Full(string path, long bytesNeeded, IOException? cause = null, string? tensorName = null) =>
        new(CheckpointError.DiskFull, $"The disk is full: '{path}' needs {bytesNeeded} bytes more. Free space there and run the same again.", path, tensorName, bytesNeeded, cause);

    /// <summary>Returns the bytes that may be written below an existing folder; the greatest number where the system cannot tell.</summary>
    public static long Available(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }

        // Network shares have no drive to ask.
        string root = Path.GetPathRoot(folder) ?? string.Empty;
        return root.Length > 0 && char.IsAsciiLetter(root[0]) ? new DriveInfo(root).AvailableFreeSpace : long.MaxValue;
    }
}
