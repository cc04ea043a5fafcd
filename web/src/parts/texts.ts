/** Texts of the parts that all pages share. */
export const texts = {
  zh: {
    loading: '正在加载',
    retry: '重试',
    listSeparator: '、',
    error: { title: '未能加载' },
  },
  en: {
    loading: 'Loading',
    retry: 'Try again',
    listSeparator: ', ',
    error: { title: 'This could not be loaded' },
  },
};
