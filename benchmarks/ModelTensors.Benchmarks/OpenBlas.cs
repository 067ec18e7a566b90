using System.Reflection;
using System.Runtime.InteropServices;

namespace ModelTensors.Benchmarks;

/// <summary>The rival: single-precision OpenBLAS, where the machine has it.</summary>
internal static unsafe partial class OpenBlas
{
    public const int NoTranspose = 111;
    public const int Transpose = 112;
    private const string Library = "libopenblas.so.0";
    private const int RowMajor = 101;

    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, Assembly.GetExecutingAssembly(), searchPath: null, out _);

    /// <summary>Computes C = op(A) op(B), row-major, with beta 0.</summary>
    public static void Multiply(int transposeA, int transposeB, int m, int n, int k, float* a, int lda, float* b, int ldb, float* c, int ldc) =>
        Sgemm(RowMajor, transposeA, transposeB, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);

    [LibraryImport(Library, EntryPoint = "openblas_set_num_threads")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    public static partial void SetThreads(int threads);

    [LibraryImport(Library, EntryPoint = "cblas_sgemm")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial void Sgemm(
        int order, int transposeA, int transposeB, int m, int n, int k, float alpha, float* a, int lda, float* b, int ldb, float beta, float* c, int ldc);
}
