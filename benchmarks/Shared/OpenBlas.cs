using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ModelSdk.Benchmarking;

/// <summary>The rival: single-precision OpenBLAS, where the machine has it.</summary>
internal static unsafe partial class OpenBlas
{
    public const int NoTranspose = 111;
    public const int Transpose = 112;
    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101;

    /// <summary>Gets whether the library could be loaded.</summary>
    public static bool IsAvailable { get; } = TryLoad();

    /// <summary>Gets the processor that the library has kernels for in force: a comparison without it says nothing.</summary>
    public static string CoreName => Marshal.PtrToStringUTF8((nint)GetCoreName()) ?? "";

    /// <summary>Computes C = op(A) op(B), row-major, with beta 0.</summary>
    public static void Multiply(int transposeA, int transposeB, int m, int n, int k, float* a, int lda, float* b, int ldb, float* c, int ldc) =>
        Sgemm(RowMajor, transposeA, transposeB, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void SetThreads(int threads);

    // Releases older than the processor fall back to their slowest kernels (SSE3), which would flatter us: name the best they have. The library reads
    // the variable when it is loaded, from the C environment, which .NET's own setter does not change. A value set by the user stays.
    private static bool TryLoad()
    {
        if (OperatingSystem.IsLinux() && Vector256.IsHardwareAccelerated)
        {
            _ = SetEnvironment("OPENBLAS_CORETYPE", Vector512.IsHardwareAccelerated ? "SkylakeX" : "Haswell", overwrite: 0);
        }

        return NativeLibrary.TryLoad(Library, Assembly.GetExecutingAssembly(), searchPath: null, out _);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport(Library, EntryPoint = "openblas_get_corename")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial byte* GetCoreName();

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Sgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
